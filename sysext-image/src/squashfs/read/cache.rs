use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// The blocks that were used last, by where they begin.
pub(super) struct Cache<T> {
    blocks: HashMap<u64, Arc<T>>,
    /// The oldest first.
    order: VecDeque<u64>,
    most: usize,
}

impl<T> Cache<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { blocks: HashMap::new(), order: VecDeque::new(), most }
    }

    pub(super) fn get(&self, start: u64) -> Option<Arc<T>> {
        self.blocks.get(&start).cloned()
    }

    pub(super) fn put(&mut self, start: u64, block: Arc<T>) {
        if self.blocks.insert(start, block).is_none() {
            self.order.push_back(start);
        }
        while self.order.len() > self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.blocks.remove(&oldest);
            }
        }
    }
}
