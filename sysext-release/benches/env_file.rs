//! How fast os-release files are read.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use sysext_release::{OsRelease, env_file};

const FLATCAR: &[u8] = b"NAME=\"Flatcar Container Linux by Kinvolk\"\nID=flatcar\nID_LIKE=coreos\nVERSION=4230.2.0\n\
    VERSION_ID=4230.2.0\nBUILD_ID=2025-06-18-2150\nSYSEXT_LEVEL=1.0\n\
    PRETTY_NAME=\"Flatcar Container Linux by Kinvolk 4230.2.0 (Oklo)\"\nANSI_COLOR=\"38;5;75\"\n\
    HOME_URL=\"https://flatcar.org/\"\nBUG_REPORT_URL=\"https://issues.flatcar.org\"\nFLATCAR_BOARD=\"amd64-usr\"\n";

fn env_file(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("env_file");
    group.throughput(Throughput::Bytes(FLATCAR.len() as u64));
    group.bench_function("assignments", |bencher| {
        bencher.iter(|| {
            env_file::assignments(black_box(FLATCAR)).unwrap().map(Result::unwrap).count()
        });
    });
    group.bench_function("OsRelease::parse", |bencher| {
        bencher.iter(|| OsRelease::parse(black_box(FLATCAR)).unwrap());
    });
    let long = FLATCAR.repeat(1024);
    group.throughput(Throughput::Bytes(long.len() as u64));
    group.bench_function("assignments, half a megabyte", |bencher| {
        bencher
            .iter(|| env_file::assignments(black_box(&long)).unwrap().map(Result::unwrap).count());
    });
    group.finish();
}

criterion_group!(benches, env_file);
criterion_main!(benches);
