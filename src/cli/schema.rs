//! `schema`: the JSON Schemas of a bundle's files, for other editors.

use super::args::{SchemaArgs, SchemaOf};
use super::{Status, Streams};

pub fn run(args: &SchemaArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let schema = match args.files {
        SchemaOf::Bundle => include_str!("../../assets/schemas/bundle.schema.json"),
        SchemaOf::Service => include_str!("../../assets/schemas/service.schema.json"),
    };
    streams.out.write_all(schema.as_bytes())?;
    Ok(Status::Fine)
}
