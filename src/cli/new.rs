//! `new`: a bundle with one service that runs at once.

use crate::bundle::template;

use super::args::NewArgs;
use super::{Status, Streams};

pub fn run(args: &NewArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let folder = std::path::absolute(&args.folder)?;
    let own_name = || folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = args.name.clone().unwrap_or_else(own_name);
    match template::create_bundle(&folder, &name) {
        Ok(files) => {
            for file in files {
                writeln!(streams.out, "{file}")?;
            }
            let shown = args.folder.display();
            writeln!(streams.err, "made the bundle {}; try: invoke {shown} wasm:hello:hello", name.escape_debug())?;
            Ok(Status::Fine)
        }
        Err(error) => {
            writeln!(streams.err, "no bundle was made: {error}")?;
            Ok(Status::Unusable)
        }
    }
}
