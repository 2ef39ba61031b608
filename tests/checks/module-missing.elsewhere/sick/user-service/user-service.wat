(module
  (memory (export "memory") 1)
  (func (export "create_user") (param i32 i32 i32))
  (func (export "find_user") (param i32 i32 i32))
  (func (export "validate_user_data") (param i32 i32 i32))
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32) i32.const 0))
