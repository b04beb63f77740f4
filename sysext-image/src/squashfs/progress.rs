/// How far the writing of an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Bytes of content that this stage has done.
    pub done: u64,
    /// Bytes of content that this stage will do at most.
    pub total: u64,
}

/// A stage of writing an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// Files of equal size are hashed.
    Deduplicating,
    /// Content is read, compressed and written.
    Writing,
}
