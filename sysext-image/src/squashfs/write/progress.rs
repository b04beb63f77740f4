/// How far the writing of an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Bytes of content that this phase has done.
    pub done: u64,
    /// Bytes of content that this phase will do at most.
    pub total: u64,
}

/// A phase of writing an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Files of equal size are hashed, to store equal ones once.
    Deduplicating,
    /// Content is read, compressed and written.
    Writing,
}
