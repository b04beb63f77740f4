//! How long the comparison of two versions takes.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sysext_release::version::compare;

/// Neighbours as a sorted list of instances has them: the difference is late in the text.
const PAIRS: [(&str, &str); 8] = [
    ("1.31.4", "1.31.10"),
    ("v1.31.4+k3s1", "v1.31.4+k3s2"),
    ("1.10.0-alpha.2", "1.10.0-beta.0"),
    ("20240815.1.0", "20240901.0.0"),
    ("2.13.1.1-5.fc43-43", "2.14.0.1-1.fc43-43"),
    ("4152.2.0+2024-11-18-1840", "4152.2.0+2024-11-19-2100"),
    ("1.0~rc1", "1.0"),
    ("257.13-1~deb13u1", "257.13-1~deb13u1"),
];

fn compare_pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compare");
    for (left, right) in PAIRS {
        group.bench_function(format!("{left} with {right}"), |bencher| {
            bencher.iter(|| compare(black_box(left), black_box(right)));
        });
    }
    group.finish();
}

criterion_group!(benches, compare_pairs);
criterion_main!(benches);
