//! Modules that are too much of something: each is refused in words or loaded and called, in bounded time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod sandbox;

use std::time::{Duration, Instant};

use priostack_workbench::bundle::Inspection;
use priostack_workbench::sandbox::{Cancel, Hints, Limits, Reply};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType,
    Module, RefType, TableSection, TableType, TypeSection, ValType,
};

use sandbox::ENGINE;

/// Most time for reading, loading and calling a giant, on a machine that has other things to do.
const LONG: Duration = Duration::from_secs(60);

/// What a module has too much of, beside a function `answer` by the plain convention.
#[derive(Clone, Copy, Debug)]
enum Giant {
    Imports(usize),
    Exports(usize),
    Functions(usize),
    Types(usize),
    Globals(usize),
    Segments(usize),
    Elements(usize),
    Body(usize),
    Depth(usize),
    Locals(u32),
    BranchTable(usize),
    Data(usize),
    NameLength(usize),
    Custom(usize),
}

impl Giant {
    fn count(self, of: fn(Self) -> Option<usize>) -> usize {
        of(self).unwrap_or_default()
    }

    /// The module's bytes.
    fn module(self) -> Vec<u8> {
        let imports = self.count(|giant| if let Self::Imports(n) = giant { Some(n) } else { None });
        let exports = self.count(|giant| if let Self::Exports(n) = giant { Some(n) } else { None });
        let functions = self.count(|giant| if let Self::Functions(n) = giant { Some(n) } else { None });
        let mut module = Module::new();

        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32, ValType::I32], [ValType::I64]);
        types.ty().function([], []);
        if let Self::Types(n) = self {
            (0..n).for_each(|_| types.ty().function([ValType::I64; 100], []));
        }
        module.section(&types);

        let mut section = ImportSection::new();
        (0..imports).for_each(|n| _ = section.import("priostack", &format!("unknown{n}"), EntityType::Function(2)));
        module.section(&section);

        let mut section = FunctionSection::new();
        section.function(0).function(1);
        (0..functions).for_each(|_| _ = section.function(2));
        module.section(&section);

        let mut tables = TableSection::new();
        let ty = RefType::FUNCREF;
        tables.table(TableType { element_type: ty, table64: false, minimum: 10, maximum: None, shared: false });
        module.section(&tables);

        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 2, maximum: None, memory64: false, shared: false, page_size_log2: None });
        module.section(&memories);

        let mut globals = GlobalSection::new();
        if let Self::Globals(n) = self {
            let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
            (0..n).for_each(|_| _ = globals.global(ty, &ConstExpr::i64_const(7)));
        }
        module.section(&globals);

        let alloc = imports as u32;
        let mut section = ExportSection::new();
        section.export("memory", ExportKind::Memory, 0);
        section.export("alloc", ExportKind::Func, alloc);
        let name = if let Self::NameLength(n) = self { "a".repeat(n) } else { "answer".into() };
        section.export(&name, ExportKind::Func, alloc + 1);
        (0..exports).for_each(|n| _ = section.export(&format!("answer{n}"), ExportKind::Func, alloc + 1));
        module.section(&section);

        let mut elements = ElementSection::new();
        if let Self::Elements(n) = self {
            (0..n).for_each(|_| _ = elements.passive(Elements::Functions(vec![alloc; 10].into())));
        }
        module.section(&elements);

        let mut code = CodeSection::new();
        let mut body = Function::new([]);
        body.instructions().i32_const(1024).end();
        code.function(&body);
        code.function(&self.answer());
        for _ in 0..functions {
            let mut body = Function::new([]);
            body.instructions().end();
            code.function(&body);
        }
        module.section(&code);

        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), *b"12345678");
        match self {
            Self::Segments(n) => (0..n).for_each(|_| _ = data.active(0, &ConstExpr::i32_const(2048), *b"x")),
            Self::Data(n) => _ = data.passive(vec![b'x'; n]),
            _ => {}
        }
        module.section(&data);
        if let Self::Custom(n) = self {
            (0..n).for_each(|_| _ = module.section(&CustomSection { name: "note".into(), data: b"note"[..].into() }));
        }
        module.finish()
    }

    /// The function `answer`: it answers with 12345678, by whatever detour.
    fn answer(self) -> Function {
        let locals = if let Self::Locals(n) = self { vec![(n, ValType::I64)] } else { Vec::new() };
        let mut body = Function::new(locals);
        let mut out = body.instructions();
        match self {
            Self::Body(n) => {
                for _ in 0..n {
                    out.local_get(0).i32_load(wasm_encoder::MemArg { offset: 0, align: 0, memory_index: 0 });
                    out.local_set(1);
                }
            }
            Self::Depth(n) => {
                (0..n).for_each(|_| _ = out.block(BlockType::Empty));
                (0..n).for_each(|_| _ = out.end());
            }
            Self::BranchTable(n) => {
                out.block(BlockType::Empty);
                out.local_get(0).br_table(std::iter::repeat_n(0, n), 0).end();
            }
            _ => {}
        }
        out.i64_const(8).end();
        body
    }
}

/// Loads the giant and calls it; what came of it, in a word.
fn try_giant(giant: Giant) -> String {
    let bytes = giant.module();
    let begun = Instant::now();
    let came = match Inspection::read(&bytes) {
        Err(message) => format!("unreadable: {message}"),
        Ok(inspection) => match ENGINE.load(&bytes, &inspection, Hints::default()) {
            Err(error) => format!("refused: {}", error.message.chars().take(150).collect::<String>()),
            Ok(program) => {
                let name = program.functions().first().cloned().unwrap_or_default();
                let outcome = program.invoke(&name, b"{}", &Limits::default(), &Cancel::new());
                match outcome.reply {
                    Reply::Json(text) if text == "12345678" => "answers".into(),
                    reply => format!("{reply:?}").chars().take(200).collect(),
                }
            }
        },
    };
    let took = begun.elapsed();
    println!("{giant:?} ({} bytes): {came} ({took:?})", bytes.len());
    assert!(took < LONG, "{giant:?} took {took:?}: {came}");
    came
}

#[test]
fn what_is_much_runs_and_what_is_too_much_is_refused_in_words() {
    use Giant::*;
    for (giant, expected) in [
        (Imports(1000), "answers"),
        (Imports(100_000), "refused: The module has 20000 imports"),
        (Exports(1000), "answers"),
        (Exports(200_000), "unreadable"),
        (Functions(20_000), "answers"),
        (Functions(300_000), "refused: The module has 300002 functions"),
        (Functions(1_000_000), "unreadable"),
        (Types(100_000), "answers"),
        (Globals(100_000), "answers"),
        (Segments(99_000), "answers"),
        (Elements(1000), "answers"),
        (Elements(20_000), "refused: The module has 20000 element segments"),
        (Body(100_000), "answers"),
        (Depth(5000), "answers"),
        (Depth(1_000_000), "refused: The module has 500000500000 levels of nesting"),
        (Locals(50_000), "unreadable"),
        (BranchTable(100_000), "refused: The module does not compile"),
        (Data(60 << 20), "answers"),
        (Data(70 << 20), "refused: The module has 70"),
        (NameLength(90_000), "answers"),
        (NameLength(1 << 20), "unreadable"),
        (Custom(1_000_000), "answers"),
    ] {
        let came = try_giant(giant);
        assert!(came.starts_with(expected), "{giant:?}: {came}");
    }
}
