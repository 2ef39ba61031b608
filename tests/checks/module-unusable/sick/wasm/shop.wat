(module (func (export "call") (param f64 f64 f64)))
