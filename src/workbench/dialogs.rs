//! The desktop's own file dialogs. They are made on the UI thread and waited for on a worker.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// A dialog that is open, or about to be.
pub type Pending = Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>>;

/// Asks for a folder.
pub fn folder() -> Pending {
    Box::pin(rfd::AsyncFileDialog::new().set_title("Open bundle").pick_folder())
}

/// Asks for an archive to open.
pub fn archive_to_open() -> Pending {
    let dialog = rfd::AsyncFileDialog::new().set_title("Open archive").add_filter("ZIP archive", &["zip", "ZIP"]);
    Box::pin(dialog.pick_file())
}

/// Asks for the folder that a new folder is to be made in.
pub fn parent() -> Pending {
    Box::pin(rfd::AsyncFileDialog::new().set_title("Extract into").pick_folder())
}

/// Asks for the place of an archive; `at` is what it offers.
pub fn archive(at: &Path) -> Pending {
    place(rfd::AsyncFileDialog::new().set_title("Export bundle").add_filter("ZIP archive", &["zip"]), at)
}

/// Asks for the file of a key; `at` is the one that is named.
pub fn key(at: &Path) -> Pending {
    let mut dialog = rfd::AsyncFileDialog::new().set_title("Choose key").add_filter("Key", &["key", "pem", "pub"]);
    if let Some(folder) = at.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        dialog = dialog.set_directory(folder);
    }
    Box::pin(dialog.pick_file())
}

/// Asks for the place of a new private key; `at` is what it offers.
pub fn new_key(at: &Path) -> Pending {
    place(rfd::AsyncFileDialog::new().set_title("New key").add_filter("Key", &["key"]), at)
}

/// Asks for the place of a chart's file with this ending; `at` is what it offers.
pub fn chart(at: &Path, extension: &str) -> Pending {
    let name = format!("{} file", extension.to_uppercase());
    place(rfd::AsyncFileDialog::new().set_title("Save").add_filter(name, &[extension]), at)
}

fn place(mut dialog: rfd::AsyncFileDialog, at: &Path) -> Pending {
    if let Some(folder) = at.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        dialog = dialog.set_directory(folder);
    }
    if let Some(name) = at.file_name() {
        dialog = dialog.set_file_name(name.to_string_lossy());
    }
    Box::pin(dialog.save_file())
}

/// Waits until the user has chosen. None when they did not, or no dialog could be shown.
pub fn wait(dialog: Pending) -> Option<PathBuf> {
    let mut dialog = pin!(dialog);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match dialog.as_mut().poll(&mut context) {
            Poll::Ready(chosen) => return chosen.map(|handle| handle.path().to_path_buf()),
            Poll::Pending => std::thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
