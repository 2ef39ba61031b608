(module (import "__wbindgen_placeholder__" "__wbindgen_describe" (func (param i32))) (memory (export "memory") 1) (func (export "placeOrder") (param i32 i32)))
