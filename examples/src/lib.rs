//! What the example tools share: rendering, progress and their logic.
