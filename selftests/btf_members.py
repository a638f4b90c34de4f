#!/usr/bin/python3
"""btf_members.py FILE STRUCT...: every member of the structs at every depth, by
the BTF in FILE: for each struct a list of [path, bit], as one JSON object. Reads
the format by itself, to be another witness than libbpf. Called by test_show.sh."""
import json
import struct
import sys

INT, PTR, ARRAY, STRUCT, UNION, ENUM = 1, 2, 3, 4, 5, 6
TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG = 8, 9, 10, 11, 18
TRANSPARENT = {TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG}
# kind: octets behind the header, and for each of what it counts
EXTRA = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12),
         ENUM: (0, 8), 13: (0, 8), 14: (4, 0), 15: (0, 12), 17: (4, 0),
         19: (0, 12)}


class Btf:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        magic, _, _, length = struct.unpack_from("<HBBI", data)
        assert magic == 0xeb9f
        types, types_len, names, _ = struct.unpack_from("<IIII", data, 8)
        self.data = data
        self.names = length + names
        self.at = [0]
        pos = length + types
        end = pos + types_len
        while pos < end:
            self.at.append(pos)
            info, = struct.unpack_from("<I", data, pos + 4)
            fixed, each = EXTRA.get(info >> 24 & 0x1f, (0, 0))
            pos += 12 + fixed + each * (info & 0xffff)

    def name(self, offset):
        start = self.names + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def type(self, number):
        name, info, size = struct.unpack_from("<III", self.data, self.at[number])
        return info >> 24 & 0x1f, info & 0xffff, info >> 31, size, name

    def strip(self, number):
        while self.type(number)[0] in TRANSPARENT:
            number = self.type(number)[3]
        return number

    def size(self, number):
        number = self.strip(number)
        kind, _, _, size, _ = self.type(number)
        if kind == PTR:
            return 8
        if kind == ARRAY:
            of, _, count = struct.unpack_from("<III", self.data, self.at[number] + 12)
            return self.size(of) * count
        return size

    def find(self, wanted):
        for number in range(1, len(self.at)):
            kind, _, _, _, name = self.type(number)
            if kind == STRUCT and self.name(name) == wanted:
                return number
        sys.exit(f"there is no struct {wanted}")

    def members(self, number, path="", bit=0):
        _, count, kflag, _, _ = self.type(number)
        for i in range(count):
            name, of, offset = struct.unpack_from("<III", self.data,
                                                  self.at[number] + 12 + 12 * i)
            inner = bit + (offset & 0xffffff if kflag else offset)
            of = self.strip(of)
            name = self.name(name)
            if not name:
                yield from self.members(of, path, inner)
                continue
            yield from self.member(of, f"{path}.{name}" if path else name, inner)

    def member(self, of, path, bit):
        yield path, bit
        kind = self.type(of)[0]
        if kind in (STRUCT, UNION):
            yield from self.members(of, path, bit)
        if kind != ARRAY:
            return
        of, _, count = struct.unpack_from("<III", self.data, self.at[of] + 12)
        of = self.strip(of)
        # octets are told as one
        if self.type(of)[0] == INT and self.size(of) == 1 and count:
            return
        for i in range(count):
            yield from self.member(of, f"{path}[{i}]", bit + 8 * i * self.size(of))


def main():
    btf = Btf(sys.argv[1])
    json.dump({name: list(btf.members(btf.find(name))) for name in sys.argv[2:]},
              sys.stdout)


main()
