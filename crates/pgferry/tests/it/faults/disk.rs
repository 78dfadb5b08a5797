//! A disk that is full.

use super::servers;
use crate::words::{is_untouched, succeeded};

#[test]
fn a_full_disk_pauses_the_run_and_the_same_command_goes_on() {
    let (source, target, way) = servers(60);
    target.limit_files(Some((24 << 20) + 1)).unwrap();
    let (code, said) = way.begin(&["--jobs", "2"]).end();
    assert!(code == 7 && said.contains("53100"), "{code}: {said}");
    target.limit_files(None).unwrap();
    succeeded(&way.transfer());
    succeeded(&way.verify());
    assert!(is_untouched(&source, &way.source_database));
}
