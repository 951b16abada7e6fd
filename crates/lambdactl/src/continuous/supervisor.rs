//! Tells systemd how it stands: a datagram to the socket that `NOTIFY_SOCKET` names (sd_notify's protocol).

#[cfg(unix)]
use std::os::unix::net::UnixDatagram;

/// Tells that the loop has begun.
pub(crate) fn ready() {
    tell("READY=1");
}

/// Tells that the loop is alive.
pub(crate) fn alive() {
    tell("WATCHDOG=1");
}

/// Tells that it is about to end.
pub(crate) fn stopping() {
    tell("STOPPING=1");
}

/// What could not be told concerns nobody: whoever started the program may be no systemd.
#[cfg(unix)]
fn tell(state: &str) {
    let Some(socket) = crate::environment::get("NOTIFY_SOCKET") else { return };
    let Ok(datagram) = UnixDatagram::unbound() else { return };
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.strip_prefix('@') {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::SocketAddr;
        if let Ok(address) = SocketAddr::from_abstract_name(name) {
            let _ = datagram.send_to_addr(state.as_bytes(), &address);
        }
        return;
    }
    let _ = datagram.send_to(state.as_bytes(), socket);
}

#[cfg(not(unix))]
fn tell(_: &str) {}
