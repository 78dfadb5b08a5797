//! The faulty network does what it says.

use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use pgferry_lab::{Direction, Major, Proxy, fresh_database, shared};

/// A server that sends back what it gets, on as many connections as come.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || {
                let (mut from, mut to) = (&connection, &connection);
                let _ = std::io::copy(&mut from, &mut to);
            });
        }
    });
    port
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn round_trip(stream: &mut TcpStream) -> std::io::Result<Duration> {
    let begin = Instant::now();
    stream.write_all(b"x")?;
    stream.read_exact(&mut [0])?;
    Ok(begin.elapsed())
}

#[test]
fn postgres_is_reached_through_a_proxy_by_the_same_uri() {
    let server = shared(Major(15));
    let database = fresh_database(server, "proxied").unwrap();
    let proxy = Proxy::to(server.port()).unwrap();
    let uri = proxy.uri(&server.uri(&database));
    assert!(uri.contains(&format!("@127.0.0.1:{}/proxied", proxy.port())), "{uri}");
}

#[test]
fn a_cut_resets_what_is_open_and_nothing_else() {
    let proxy = Proxy::to(echo()).unwrap();
    let mut open = connect(&proxy);
    round_trip(&mut open).unwrap();
    proxy.cut();
    let end = round_trip(&mut open).unwrap_err().kind();
    assert!(matches!(end, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{end}");
    round_trip(&mut connect(&proxy)).unwrap();
    assert_eq!(proxy.connections(), 2);
}

#[test]
fn a_port_that_refuses_opens_again() {
    let proxy = Proxy::to(echo()).unwrap();
    let mut open = connect(&proxy);
    round_trip(&mut open).unwrap();
    proxy.refuse(true);
    let refusal = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::ConnectionRefused);
    round_trip(&mut open).unwrap();
    proxy.refuse(false);
    round_trip(&mut connect(&proxy)).unwrap();
}

#[test]
fn what_is_held_arrives_after_the_release() {
    let proxy = Proxy::to(echo()).unwrap();
    let mut stream = connect(&proxy);
    round_trip(&mut stream).unwrap();
    proxy.hold();
    stream.write_all(b"x").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(proxy.bytes(Direction::ToServer), 1);
    proxy.release();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 1);
}

#[test]
fn a_delay_lengthens_the_way_and_does_not_narrow_it() {
    let proxy = Proxy::to(echo()).unwrap();
    let mut stream = connect(&proxy);
    proxy.delay(Direction::ToServer, Duration::from_millis(60));
    proxy.delay(Direction::ToClient, Duration::from_millis(40));
    assert!(round_trip(&mut stream).unwrap() >= Duration::from_millis(100));
    // 200 pieces of 64 kB, one after the other, would take 20 s.
    let begin = Instant::now();
    let mut writer = stream.try_clone().unwrap();
    let writing = thread::spawn(move || writer.write_all(&vec![7; 200 << 16]).unwrap());
    stream.read_exact(&mut vec![0; 200 << 16]).unwrap();
    writing.join().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn a_cut_after_so_many_bytes_lets_just_those_pass() {
    let proxy = Proxy::to(echo()).unwrap();
    let mut stream = connect(&proxy);
    round_trip(&mut stream).unwrap();
    proxy.cut_after(Direction::ToClient, 100_000);
    let mut writer = stream.try_clone().unwrap();
    thread::spawn(move || writer.write_all(&vec![7; 1 << 20]));
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    assert_eq!(received.len(), 100_000);
    round_trip(&mut connect(&proxy)).unwrap();
}
