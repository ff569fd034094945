//! What `save` does to what stands in its place: modes, links, what is no file, and what a killed process leaves.
#![cfg(unix)]

use loom::Error;
use loom::prelude::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

network! {
    struct Small { fc1: Dense<2, 3> -> Tanh -> fc2: Dense<3, 2, bias = false> }
    /// Large enough for a kill to come while it is written.
    struct Large { fc: Dense<1000, 1000> }
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("w");
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file is there").mode() & 0o7777
}

#[test]
fn a_file_keeps_its_mode_and_owner() {
    let (folder, path) = folder();
    let net = Small::new(Seed(1));
    for wanted in [0o600, 0o640, 0o444, 0o666, 0o755] {
        fs::write(&path, "old").expect("the file can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).expect("it is ours");
        net.save(&path).expect("the file can be written");
        assert_eq!(mode(&path), wanted, "{wanted:o}");
        assert_eq!(Small::load(&path).expect("the file is sound").fingerprint(), net.fingerprint());
        fs::remove_file(&path).expect("it is ours");
    }
    // Only root can give a file away, and so can test that it stays given.
    fs::write(&path, "old").expect("the file can be written");
    if std::os::unix::fs::chown(&path, Some(1234), Some(2345)).is_ok() {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("we are root");
        net.save(&path).expect("the file can be written");
        let found = fs::metadata(&path).expect("the file is there");
        assert_eq!((found.uid(), found.gid(), mode(&path)), (1234, 2345, 0o640));
    }
    assert_eq!(names(folder.path()), ["w"]);
}

#[test]
fn links_stay_and_their_targets_are_replaced() {
    let (folder, path) = folder();
    let [direct, through, dangling] = ["direct", "through", "dangling"].map(|name| folder.path().join(name));
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("the folder can be made");
    fs::write(inner.join("w"), "old").expect("the file can be written");
    symlink("inner/w", &direct).expect("a link can be made");
    symlink("direct", &through).expect("a link can be made");
    symlink("inner/new", &dangling).expect("a link can be made");
    for (seed, link, target) in [(1, &direct, "w"), (2, &through, "w"), (3, &dangling, "new")] {
        let net = Small::new(Seed(seed));
        net.save(link).expect("the file can be written");
        assert!(fs::symlink_metadata(link).expect("the link is there").is_symlink(), "{}", link.display());
        let target = inner.join(target);
        assert!(fs::symlink_metadata(&target).expect("the target is there").is_file());
        assert_eq!(Small::load(&target).expect("the file is sound").fingerprint(), net.fingerprint());
    }
    assert_eq!(names(&inner), ["new", "w"]);
    symlink("w", &path).expect("a link can be made");
    assert!(Small::new(Seed(1)).save(&path).is_err(), "a link to itself");

    // Another name of the old file keeps the old weights, whole.
    let [old, other] = ["old", "other"].map(|name| folder.path().join(name));
    Small::new(Seed(4)).save(&old).expect("the file can be written");
    fs::hard_link(&old, &other).expect("a link can be made");
    Small::new(Seed(5)).save(&old).expect("the file can be written");
    let [old, other] = [old, other].map(|path| Small::load(path).expect("the file is sound").fingerprint());
    assert_eq!([old, other], [5, 4].map(|seed| Small::new(Seed(seed)).fingerprint()));
}

#[test]
fn what_is_no_file_stays() {
    let (folder, path) = folder();
    let net = Small::new(Seed(1));
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket can be made");
    symlink("/dev/null", &path).expect("a link can be made");
    let before = names(folder.path());
    for (place, expected) in [
        (pipe.as_path(), "a pipe"),
        (&socket, "a socket"),
        (&path, "a device"),
        (Path::new("/dev/null"), "a device"),
        (folder.path(), "a folder"),
    ] {
        match net.save(place) {
            Err(Error::NotRegular { path, what }) => assert_eq!((path.as_path(), what), (place, expected)),
            other => panic!("{}: {other:?}", place.display()),
        }
    }
    assert!(fs::metadata("/dev/null").is_ok_and(|metadata| !metadata.is_file()));
    assert_eq!(names(folder.path()), before, "nothing is replaced or left behind");

    // `/dev/stdout` of a child is a pipe.
    let child = child("/dev/stdout").stdout(Stdio::piped()).output().expect("this test runs");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(said.contains("cannot write `/dev/stdout`: it is a pipe, not a regular file"), "{said}");
}

const SAVE_TO: &str = "LOOM_TEST_SAVE_TO";

/// This test as a process that runs `saves_for_ever` alone.
fn child(path: impl AsRef<Path>) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test has a path"));
    command.args(["--exact", "saves_for_ever", "--nocapture"]).env(SAVE_TO, path.as_ref());
    command
}

/// Does its work only in the processes that other tests start and kill.
#[test]
fn saves_for_ever() {
    let Some(path) = std::env::var_os(SAVE_TO) else { return };
    let nets = [1, 2].map(|seed| Large::new(Seed(seed)));
    for net in nets.iter().cycle() {
        if let Err(error) = net.save(&path) {
            return println!("{error}");
        }
    }
}

#[test]
fn killed_saves_leave_nothing_behind() {
    let (folder, path) = folder();
    let nets = [1, 2].map(|seed| Large::new(Seed(seed)));
    nets[0].save(&path).expect("the file can be written");
    let fingerprints = nets.each_ref().map(|net| net.fingerprint());
    let mut left = 0;
    for round in 0..25 {
        // Two savers of one file at a time.
        let mut savers: [Child; 2] =
            core::array::from_fn(|_| child(&path).stdout(Stdio::null()).spawn().expect("it runs"));
        thread::sleep(Duration::from_millis(150 + 7 * round));
        savers.iter_mut().for_each(|saver| saver.kill().expect("it runs"));
        for saver in &mut savers {
            saver.wait().expect("it was killed");
        }
        left += names(folder.path()).len() - 1;
        let found = Large::load(&path).expect("the file is one of the two").fingerprint();
        assert!(fingerprints.contains(&found));
    }
    assert!(left > 0, "no kill came while a file was written");
    nets[1].save(&path).expect("the file can be written");
    assert_eq!(names(folder.path()), ["w"], "nothing is left behind");
    assert_eq!(Large::load(&path).expect("the file is sound").fingerprint(), fingerprints[1]);
}

/// A saver that lives keeps its file; what a killed one left is taken away, however many there are.
#[test]
fn savers_of_one_file() {
    let (folder, path) = folder();
    let nets: Vec<Small> = (0..8).map(|seed| Small::new(Seed(seed))).collect();
    thread::scope(|scope| {
        for net in &nets {
            let path = &path;
            scope.spawn(move || (0..50).for_each(|_| net.save(path).expect("the file can be written")));
        }
        for _ in 0..100 {
            if let Ok(net) = Small::load(&path) {
                assert!(nets.iter().any(|other| other.fingerprint() == net.fingerprint()), "two networks in one");
            }
        }
    });
    assert_eq!(names(folder.path()), ["w"], "nothing is left behind");
    Small::load(&path).expect("the file is whole");
}
