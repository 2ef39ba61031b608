"""The functions of world.wit in Python."""

import json
import socket
import sys

import wit_world

try:
    from componentize_py_types import Err
except ImportError:  # before 0.19
    from wit_world.types import Err


class WitWorld(wit_world.WitWorld):
    def process_data(self, input: bytes) -> bytes:
        value = json.loads(input)
        if not isinstance(value, dict):
            raise Err("the input is not an object")
        answer = {"fields": len(value), "name": value.get("name")}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()

    def greet(self, input: str) -> str:
        return json.dumps(f"Hello, {json.loads(input)}", ensure_ascii=False)

    def write_log(self, input: str) -> str:
        print("told:", input)
        print("warned:", input, file=sys.stderr)
        return "null"

    def ask_the_network(self, input: str) -> str:
        try:
            socket.create_connection((json.loads(input).split("/")[2], 80)).close()
            return "true"
        except Exception as error:
            raise Err(str(error))

    def loop_for_ever(self, input: str) -> str:
        while True:
            pass
