//! One function for each shape of parameters and results, and an interface with a resource.

use std::cell::RefCell;

use crate::exports::test::functions::shapes::{Failure, Guest, Order, Problem, Refusal};
use crate::exports::test::functions::users;
use crate::{is_refused, receipt, Component};

const REFUSED: &str = "the input is not an object";

impl Guest for Component {
    fn bytes_to_bytes(input: Vec<u8>) -> Vec<u8> {
        receipt(&input).into_bytes()
    }

    fn text_to_text(input: String) -> String {
        receipt(input.as_bytes())
    }

    fn bytes_to_text(input: Vec<u8>) -> String {
        receipt(&input)
    }

    fn text_to_bytes(input: String) -> Vec<u8> {
        receipt(input.as_bytes()).into_bytes()
    }

    fn bytes_or_text(input: Vec<u8>) -> Result<Vec<u8>, String> {
        accepted(&input).map(String::into_bytes).ok_or_else(|| REFUSED.to_string())
    }

    fn text_or_text(input: String) -> Result<String, String> {
        accepted(input.as_bytes()).ok_or_else(|| REFUSED.to_string())
    }

    fn bytes_or_bytes(input: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
        accepted(&input).map(String::into_bytes).ok_or_else(|| REFUSED.as_bytes().to_vec())
    }

    fn bytes_or_nothing(input: Vec<u8>) -> Result<Vec<u8>, ()> {
        accepted(&input).map(String::into_bytes).ok_or(())
    }

    fn nothing_or_text(input: Vec<u8>) -> Result<(), String> {
        accepted(&input).map(|_| ()).ok_or_else(|| REFUSED.to_string())
    }

    fn bytes_or_variant(input: Vec<u8>) -> Result<Vec<u8>, Failure> {
        match input.as_slice() {
            b"null" => Err(Failure::NotFound),
            b"[]" => Err(Failure::TooMany(7)),
            _ => accepted(&input).map(String::into_bytes).ok_or_else(|| Failure::Invalid(REFUSED.to_string())),
        }
    }

    fn text_or_record(input: String) -> Result<String, Problem> {
        accepted(input.as_bytes()).ok_or_else(problem)
    }

    fn bytes_or_enum(input: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        match accepted(&input) {
            Some(receipt) => Ok(receipt.into_bytes()),
            None if input.is_empty() => Err(Refusal::Empty),
            None => Err(Refusal::NotAnObject),
        }
    }

    fn optional_text(input: String) -> Option<String> {
        accepted(input.as_bytes())
    }

    fn no_input() -> Vec<u8> {
        receipt(b"").into_bytes()
    }

    fn no_output(input: Vec<u8>) {
        receipt(&input);
    }

    fn number_to_number(input: i32) -> i64 {
        i64::from(input) * 3
    }

    fn order_to_order(input: Order) -> Order {
        Order { id: input.id + 1, ..input }
    }

    fn order_or_problem(input: Order) -> Result<Order, Problem> {
        if input.lines.is_empty() {
            return Err(problem());
        }
        Ok(input)
    }

    fn texts_to_number(input: Vec<String>) -> u32 {
        input.iter().map(|text| text.len() as u32).sum()
    }

    fn add(one: u32, other: u32) -> u32 {
        one.wrapping_add(other)
    }
}

fn accepted(input: &[u8]) -> Option<String> {
    (!is_refused(input)).then(|| receipt(input))
}

fn problem() -> Problem {
    Problem { code: 422, message: REFUSED.to_string(), hints: vec!["begin with {".to_string()] }
}

impl users::Guest for Component {
    type Session = Session;

    fn create_user(input: Vec<u8>) -> Result<Vec<u8>, String> {
        accepted(&input).map(String::into_bytes).ok_or_else(|| REFUSED.to_string())
    }

    fn echo(mut input: Vec<u8>) -> Vec<u8> {
        input.insert(0, b' ');
        input
    }
}

pub struct Session {
    touched: RefCell<Vec<u8>>,
}

impl users::GuestSession for Session {
    fn new(name: String) -> Self {
        Self { touched: RefCell::new(name.into_bytes()) }
    }

    fn touch(&self, input: Vec<u8>) -> Vec<u8> {
        self.touched.borrow_mut().extend(input);
        self.touched.borrow().clone()
    }
}
