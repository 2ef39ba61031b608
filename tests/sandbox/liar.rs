//! Modules that lie: a real module whose function is replaced by an interpreter that calls the module's own imports,
//! in the order and with the arguments that the input asks for, and returns what it was given last.
//!
//! The input is a JSON string that begins with [`MAGIC`]; where the convention put it, the interpreter searches.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, CodeSection, Function, HeapType, InstructionSink, MemArg, Module, RawSection, RefType, ValType,
};
use wasmparser::{CompositeInnerType, ExternalKind, FuncType, FunctionBody, Parser, Payload, TypeRef};

/// A module of each convention that hands the input over in memory, the function that lies, and the word for how it is
/// called, which its code does not tell any more.
pub const LIARS: [(&str, &str, &str); 8] = [
    ("rust/shapes-0.2.130.wasm", "bytes_to_bytes", "bytes"),
    ("rust/shapes-0.2.100-mvp.wasm", "bytes_to_bytes", "bytes"),
    ("assemblyscript/functions-0.19.wasm", "echo", "bytes"),
    ("assemblyscript/functions-0.28.wasm", "echo", "bytes"),
    ("assemblyscript/bytes-0.28-without-runtime.wasm", "echo", "bytes"),
    ("c/shapes-emscripten-3.1.6-growth.wasm", "buffer_out_length", "buffer-out-length"),
    ("c/shapes-emscripten-3.1.69.wasm", "buffer_out_length", "buffer-out-length"),
    ("plain/example-rust.wasm", "greet", ""),
];

/// What the input begins with, behind its quote.
pub const MAGIC: [u8; 8] = *b"@liar@@@";

/// The first character that a program is written with, and how many follow it. None of them needs an escape.
const FIRST: u8 = 35;
const CHARACTERS: u8 = 57;

/// Most characters of a program that are obeyed.
const LONGEST: i32 = 2000;

/// An input whose characters are chosen by `bytes`.
pub fn program(bytes: &[u8]) -> Vec<u8> {
    let characters = bytes.iter().map(|byte| FIRST + byte % CHARACTERS);
    [b"\"".to_vec(), MAGIC.to_vec(), characters.collect(), b"\"".to_vec()].concat()
}

/// The module with the exported function `name` lying.
pub fn liar(bytes: &[u8], name: &str) -> Vec<u8> {
    let shape = Shape::of(bytes, name);
    let (mut module, mut code, mut at) = (Module::new(), CodeSection::new(), 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.unwrap() {
            Payload::CodeSectionEntry(body) => {
                code.function(&if at == shape.own { interpreter(&shape) } else { copied(&body) });
                at += 1;
                if at == shape.bodies {
                    module.section(&code);
                }
            }
            Payload::CustomSection(custom) if custom.name() == "name" => {}
            payload => {
                if let Some((id, range)) = payload.as_section().filter(|(id, _)| *id != 10) {
                    module.section(&RawSection { id, data: &bytes[range] });
                }
            }
        }
    }
    module.finish()
}

fn copied(body: &FunctionBody) -> Function {
    let locals = body.get_locals_reader().unwrap().into_iter().map(Result::unwrap);
    let locals: Vec<_> = locals.map(|(count, ty)| (count, RoundtripReencoder.val_type(ty).unwrap())).collect();
    let mut function = Function::new(locals);
    let operators = body.get_operators_reader().unwrap();
    function.raw(body.as_bytes()[operators.original_position() - body.range().start..].iter().copied());
    function
}

fn is_reference(ty: wasmparser::ValType) -> bool {
    matches!(ty, wasmparser::ValType::Ref(_))
}

/// What the interpreter needs to know of the module.
struct Shape {
    imports: Vec<FuncType>,
    /// The position of the function's body, and the number of bodies.
    own: u32,
    bodies: u32,
    ty: FuncType,
}

impl Shape {
    fn of(bytes: &[u8], name: &str) -> Self {
        let (mut types, mut imports, mut functions, mut at, mut bodies) = (Vec::new(), Vec::new(), Vec::new(), None, 0);
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.unwrap() {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter().flat_map(|group| group.unwrap().into_types()) {
                        types.push(match ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => ty,
                            _ => FuncType::new([], []),
                        });
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(ty) = import.unwrap().ty {
                            imports.push(types[ty as usize].clone());
                        }
                    }
                }
                Payload::FunctionSection(section) => functions.extend(section.into_iter().map(Result::unwrap)),
                Payload::ExportSection(section) => {
                    for export in section.into_iter().map(Result::unwrap) {
                        if export.kind == ExternalKind::Func && export.name == name {
                            at = Some(export.index - imports.len() as u32);
                        }
                    }
                }
                Payload::CodeSectionStart { count, .. } => bodies = count,
                _ => {}
            }
        }
        let own = at.unwrap_or_else(|| panic!("no function {name}"));
        Self { imports, own, bodies, ty: types[functions[own as usize] as usize].clone() }
    }
}

/// Where the interpreter's locals are, behind the parameters.
struct Locals {
    at: u32,
    end: u32,
    kind: u32,
    number: u32,
    long: u32,
    float: u32,
    reference: u32,
}

fn interpreter(shape: &Shape) -> Function {
    let first = shape.ty.params().len() as u32;
    let locals = Locals {
        at: first,
        end: first + 1,
        kind: first + 2,
        number: first + 3,
        long: first + 4,
        float: first + 5,
        reference: first + 6,
    };
    let has_references =
        shape.imports.iter().any(|ty| ty.params().iter().chain(ty.results()).any(|ty| is_reference(*ty)));
    let mut declared = vec![(4, ValType::I32), (1, ValType::I64), (1, ValType::F64)];
    if has_references || shape.ty.results().iter().any(|ty| is_reference(*ty)) {
        declared.push((1, ValType::Ref(RefType::EXTERNREF)));
    }
    let mut function = Function::new(declared);
    let mut out = function.instructions();
    search(&mut out, &locals);
    obey(&mut out, shape, &locals);
    for ty in shape.ty.results() {
        give_last(&mut out, *ty, &locals);
    }
    out.end();
    function
}

const BYTE: MemArg = MemArg { offset: 0, align: 0, memory_index: 0 };

/// Sets `at` behind the magic, or traps.
fn search(out: &mut InstructionSink, locals: &Locals) {
    out.block(BlockType::Empty).loop_(BlockType::Empty);
    out.local_get(locals.at).i32_const(8).i32_add();
    out.memory_size(0).i32_const(16).i32_shl().i32_gt_u();
    out.if_(BlockType::Empty).unreachable().end();
    out.local_get(locals.at).i64_load(BYTE).i64_const(i64::from_le_bytes(MAGIC)).i64_eq().br_if(1);
    out.local_get(locals.at).i32_const(1).i32_add().local_set(locals.at);
    out.br(0).end().end();
    out.local_get(locals.at).i32_const(8).i32_add().local_tee(locals.at);
    out.i32_const(LONGEST).i32_add().local_set(locals.end);
}

/// Reads one character after the other and calls what it stands for, until the string or the module's memory ends.
fn obey(out: &mut InstructionSink, shape: &Shape, locals: &Locals) {
    let count = shape.imports.len() as u32;
    out.block(BlockType::Empty).loop_(BlockType::Empty);
    next(out, locals);
    out.local_tee(locals.kind).i32_const(0).i32_lt_s().br_if(1);
    // One block for each import, the innermost for the first; beyond them the loop begins anew.
    for _ in 0..count {
        out.block(BlockType::Empty);
    }
    out.local_get(locals.kind).i32_const(count.max(1) as i32).i32_rem_u();
    out.br_table(0..count, count);
    for (index, ty) in shape.imports.iter().enumerate() {
        out.end();
        for param in ty.params() {
            make(out, *param, locals);
        }
        out.call(index as u32);
        for result in ty.results().iter().rev() {
            keep(out, *result, locals);
        }
        out.br(count - 1 - index as u32);
    }
    out.end().end();
}

/// The next character as a number from 0 on; below 0 where the program ends.
fn next(out: &mut InstructionSink, locals: &Locals) {
    out.local_get(locals.at).local_get(locals.end).i32_lt_u();
    out.local_get(locals.at).memory_size(0).i32_const(16).i32_shl().i32_lt_u().i32_and();
    out.if_(BlockType::Result(ValType::I32));
    out.local_get(locals.at).i32_load8_u(BYTE).i32_const(i32::from(FIRST)).i32_sub();
    out.local_get(locals.at).i32_const(1).i32_add().local_set(locals.at);
    out.else_().i32_const(-1).end();
}

/// Puts an argument on the stack.
fn make(out: &mut InstructionSink, ty: wasmparser::ValType, locals: &Locals) {
    match ty {
        wasmparser::ValType::I32 => number(out, locals),
        wasmparser::ValType::I64 => {
            number(out, locals);
            out.i64_extend_i32_s();
            number(out, locals);
            out.i64_extend_i32_s().i64_const(32).i64_shl().i64_xor();
        }
        wasmparser::ValType::F32 => {
            number(out, locals);
            out.f32_convert_i32_s();
        }
        wasmparser::ValType::F64 => {
            number(out, locals);
            out.f64_convert_i32_s();
        }
        ty => give_last(out, ty, locals),
    }
}

/// A number that a liar would choose: small, of every bit, near the ends of memory, the input's own place, or the
/// last one that it was given.
fn number(out: &mut InstructionSink, locals: &Locals) {
    next(out, locals);
    out.i32_const(7).i32_and().local_set(locals.kind);
    for _ in 0..8 {
        out.block(BlockType::Empty);
    }
    // Each case leaves its number in `kind`.
    out.local_get(locals.kind).br_table(0..7, 7);
    let cases: [fn(&mut InstructionSink, &Locals); 8] = [
        |out, locals| next(out, locals),
        |out, locals| {
            for _ in 0..5 {
                next(out, locals);
            }
            out.i32_const(6).i32_shl().i32_xor().i32_const(6).i32_shl().i32_xor();
            out.i32_const(6).i32_shl().i32_xor().i32_const(8).i32_shl().i32_xor();
        },
        |out, locals| {
            next(out, locals);
            out.i32_const(-1).i32_xor();
        },
        |out, locals| {
            out.memory_size(0).i32_const(16).i32_shl();
            next(out, locals);
            out.i32_sub();
        },
        |out, locals| _ = out.local_get(locals.at),
        |out, locals| {
            out.local_get(locals.at).i32_const(-4).i32_and();
            next(out, locals);
            out.i32_const(2).i32_shl().i32_add();
        },
        |out, locals| _ = out.local_get(locals.number),
        |out, _| _ = out.i32_const(i32::MIN),
    ];
    for (index, case) in (0_u32..).zip(cases) {
        out.end();
        case(out, locals);
        out.local_set(locals.kind);
        if index < 7 {
            out.br(6 - index);
        }
    }
    out.local_get(locals.kind);
}

/// Keeps what an import gave.
fn keep(out: &mut InstructionSink, ty: wasmparser::ValType, locals: &Locals) {
    match ty {
        wasmparser::ValType::I32 => out.local_set(locals.number),
        wasmparser::ValType::I64 => out.local_set(locals.long),
        wasmparser::ValType::F64 => out.local_set(locals.float),
        ty if is_reference(ty) => out.local_set(locals.reference),
        _ => out.drop(),
    };
}

/// Puts the last value of a type on the stack.
fn give_last(out: &mut InstructionSink, ty: wasmparser::ValType, locals: &Locals) {
    match ty {
        wasmparser::ValType::I32 => out.local_get(locals.number),
        wasmparser::ValType::I64 => out.local_get(locals.long),
        wasmparser::ValType::F32 => out.local_get(locals.float).f32_demote_f64(),
        wasmparser::ValType::F64 => out.local_get(locals.float),
        wasmparser::ValType::Ref(ty) if ty.is_extern_ref() => out.local_get(locals.reference),
        _ => out.ref_null(HeapType::FUNC),
    };
}
