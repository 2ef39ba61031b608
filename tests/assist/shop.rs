//! A small bundle to ask questions about.

use std::fs;
use std::path::Path;

use priostack_workbench::bundle::assist::{Completion, Functions, Item, KnownFunction, Question, complete};
use priostack_workbench::bundle::{Bundle, Overlay, Reader};

pub const USERS: &str = "services/user-service.yaml";
pub const ORDERS: &str = "services/order-service.yaml";

pub const USERS_TEXT: &str = "\
name: user-service
description: Creates and finds users
api:
  basePath: /api/v1/users
  endpoints:
    - name: createUser
      method: POST
      path: /
      to: wasm:user-service:createUser
    - name: findUser
      method: GET
      path: /{id}
      to: \"wasm:user-service:find_user\"
intents:
  - name: validateUser
    whenSensor: userCreated
    toFunc: wasm:user-service:validateUserData
    primitiveIntent: validation
    expiresIn: 1h30m
goals:
  - name: responseTime
    metric: latency
    target: \"<= 50ms\"
";

pub const ORDERS_TEXT: &str = "\
name: order-service
api:
  endpoints:
    - {name: placeOrder, method: POST, path: /, to: 'wasm:order-service:placeOrder'}
    - name: chargeCard
      method: POST
      path: /charges
      to: func:chargeCard
intents:
  - name: welcome
    whenSensor: userCreated
    toFunc: wasm:user-service:createUser
    primitiveIntent: workflow
";

const MANIFEST: &str = "\
name: shop
version: 1.0.0
services:
  - path: services/user-service.yaml
  - path: ./services/order-service.yaml
";

const USER_MODULE: &str = "(module (memory (export \"memory\") 1)
    (func (export \"create_user\") (param i32 i32) (result i64) i64.const 0)
    (func (export \"find_user\") (param i32 i32) (result i64) i64.const 0)
    (func (export \"validate_user_data\") (param i32 i32) (result i64) i64.const 0)
    (func (export \"delete_user\") (param i32 i32) (result i64) i64.const 0))";

/// A bundle on disk, as it was read.
pub struct Shop {
    pub folder: tempfile::TempDir,
    pub bundle: Bundle,
    pub functions: Functions,
}

impl Shop {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// The shop with further or other files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let standard = [
            ("bundle.yaml", MANIFEST),
            (USERS, USERS_TEXT),
            (ORDERS, ORDERS_TEXT),
            ("services/audit-log.yaml", "name: audit-log\n"),
        ];
        for (file, text) in standard.iter().chain(files) {
            write(folder.path(), file, text.as_bytes());
        }
        write(folder.path(), "wasm/user-service.wasm", &wat::parse_str(USER_MODULE).unwrap());
        write(folder.path(), "wasm/user-service.d.ts", b"export {};");
        let bundle = Reader::new(folder.path()).read(&Overlay::new()).bundle;
        let known = KnownFunction { name: "placeOrder".into(), signature: "text to text".into() };
        Self { folder, bundle, functions: Functions::from([("order-service".into(), vec![known])]) }
    }

    /// What could stand at the caret of `text`, as the present text of `file`.
    pub fn complete(&self, file: &str, text: &str) -> Completion {
        let (text, offset) = without_caret(text);
        complete(&self.question(file, &text, offset))
    }

    pub fn question<'a>(&'a self, file: &'a str, text: &'a str, offset: usize) -> Question<'a> {
        Question { bundle: &self.bundle, functions: &self.functions, file, text, offset }
    }
}

fn write(root: &Path, file: &str, bytes: &[u8]) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The text without its `|`, and where that stood.
pub fn without_caret(text: &str) -> (String, usize) {
    let offset = text.find('|').unwrap_or_else(|| panic!("no caret in {text:?}"));
    (text.replacen('|', "", 1), offset)
}

/// The labels of what could stand at the caret of a service file.
pub fn labels(text: &str) -> Vec<String> {
    Shop::new().complete(USERS, text).items.into_iter().map(|item| item.label).collect()
}

/// The text after taking the item `label`, with `|` where the caret goes.
pub fn taken(text: &str, label: &str) -> String {
    taken_in(&Shop::new(), USERS, text, label)
}

pub fn taken_in(shop: &Shop, file: &str, text: &str, label: &str) -> String {
    let completion = shop.complete(file, text);
    let labels: Vec<&str> = completion.items.iter().map(|item| item.label.as_str()).collect();
    let item: &Item = completion
        .items
        .iter()
        .find(|item| item.label == label)
        .unwrap_or_else(|| panic!("{label} is not among {labels:?}"));
    let (mut text, _) = without_caret(text);
    let mut insert = item.insert.clone();
    insert.insert(item.caret, '|');
    text.replace_range(completion.span.start..completion.span.end, &insert);
    text
}
