(module (@custom "dylink.0" "") (memory (export "memory") 1) (func (export "placeOrder") (param i32 i32)))
