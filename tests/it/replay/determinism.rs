//! The same output bytes, whatever the number of partitions and the order of the rows.

use std::num::NonZeroUsize;

use datafusion::arrow::array::UInt32Array;
use datafusion::arrow::compute::take_record_batch;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use reslate::document::{documents, ndjson};
use reslate::formats;
use reslate::replay::{Dates, Replay};
use reslate::snapshot::{Snapshot, TABLES};
use reslate::version::shipped;

use crate::support::league::{self, in_memory, read_whole, request, run};

/// Versions that between them use every part of the pipeline.
const VERSIONS: [&str; 3] = ["v307", "v318", "v296"];

#[test]
fn the_number_of_partitions_changes_no_byte() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let one = output(&snapshot, 1, all());
    assert!(one.iter().all(|bytes| bytes.len() > 10_000));
    for partitions in [2, 7] {
        assert!(one == output(&snapshot, partitions, all()), "differs with {partitions} partitions");
    }
}

#[test]
fn the_order_of_the_rows_changes_no_byte() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let ordered = output(&snapshot, 2, all());
    for seed in [1, 2] {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut shuffled = snapshot.clone();
        for table in TABLES.iter().filter(|table| snapshot.table(table.name).is_some()) {
            let rows = read_whole(&folder.join(format!("{}.parquet", table.name)));
            let mut order: Vec<u32> = (0..u32::try_from(rows.num_rows()).unwrap()).collect();
            order.shuffle(&mut rng);
            let rows = take_record_batch(&rows, &UInt32Array::from(order)).unwrap();
            // Several row groups, so that they too lie otherwise than in the file.
            shuffled = shuffled.with_table(table.name, in_memory(table.name, &rows, 20_000)).unwrap();
        }
        assert!(ordered == output(&shuffled, 2, all()), "differs when shuffled with seed {seed}");
    }
}

#[test]
fn a_slate_alone_is_decided_as_within_a_range() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let lines = |output: [Vec<u8>; 2]| -> Vec<String> {
        output.iter().flat_map(|bytes| std::str::from_utf8(bytes).unwrap().lines()).map(str::to_owned).collect()
    };
    let range = lines(output(&snapshot, 2, all()));
    for date in ["2026-01-01", "2026-01-20", "2026-02-11"] {
        let alone = lines(output(&snapshot, 2, Dates::On(date.parse().unwrap())));
        assert!(alone.len() > VERSIONS.len());
        for line in alone {
            assert!(range.contains(&line), "{date}: the range has no line {line}");
        }
    }
}

fn all() -> Dates {
    // Six weeks: long enough for every window, short enough for every run.
    Dates::Range { from: "2026-01-01".parse().ok(), to: "2026-02-11".parse().ok() }
}

/// The documents as NDJSON and the decisions as CSV.
fn output(snapshot: &Snapshot, partitions: usize, dates: Dates) -> [Vec<u8>; 2] {
    run(async {
        let mut request = request(dates, &VERSIONS.map(|id| shipped(id).unwrap()));
        request.partitions = NonZeroUsize::new(partitions);
        let replay = Replay::open(snapshot, request).await.unwrap();
        let documents = documents(&replay, snapshot).await.unwrap();
        let decisions = replay.decisions().await.unwrap();
        [ndjson(&documents).unwrap().into_bytes(), formats::csv(&decisions).unwrap()]
    })
}
