//! How fast os-release files are read.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use sysext_release::{OsRelease, env_file};

const FLATCAR: &[u8] = b"NAME=\"Flatcar Container Linux by Kinvolk\"\nID=flatcar\nID_LIKE=coreos\n\
    VERSION=4230.2.0\nVERSION_ID=4230.2.0\nBUILD_ID=2025-06-18-2150\nSYSEXT_LEVEL=1.0\n\
    PRETTY_NAME=\"Flatcar Container Linux by Kinvolk 4230.2.0 (Oklo)\"\nANSI_COLOR=\"38;5;75\"\n\
    HOME_URL=\"https://flatcar.org/\"\nBUG_REPORT_URL=\"https://issues.flatcar.org\"\n";

fn env_file(criterion: &mut Criterion) {
    let many = FLATCAR.repeat(1024);
    let mut group = criterion.benchmark_group("env_file");
    for (name, file) in [("assignments of a host", FLATCAR), ("assignments of 1024 hosts", &many)] {
        group.throughput(bytes(file));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let assignments = env_file::assignments(black_box(file)).expect("readable");
                assignments.map(|a| a.expect("readable").value.len()).sum::<usize>()
            });
        });
    }
    group.throughput(bytes(FLATCAR));
    group.bench_function("OsRelease of a host", |bencher| {
        bencher.iter(|| OsRelease::parse(black_box(FLATCAR)).expect("readable"));
    });
    group.finish();
}

fn bytes(file: &[u8]) -> Throughput {
    Throughput::Bytes(file.len().try_into().expect("a small file"))
}

criterion_group!(benches, env_file);
criterion_main!(benches);
