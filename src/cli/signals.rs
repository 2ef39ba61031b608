//! Ctrl+C and the system's request to end, for commands that have something to finish first.

/// Calls `stop` when the process is asked to end; asked by Ctrl+C once more, it ends at once.
pub fn on_stop(stop: impl Fn() + Clone + Send + 'static) {
    let waiting = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            #[cfg(unix)]
            if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                let stop = stop.clone();
                tokio::spawn(async move {
                    if terminate.recv().await.is_some() {
                        stop();
                    }
                });
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                stop();
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(130);
            }
        });
    };
    // Without that thread, the system ends the process on Ctrl+C as any other.
    let _ = std::thread::Builder::new().name("signals".into()).spawn(waiting);
}
