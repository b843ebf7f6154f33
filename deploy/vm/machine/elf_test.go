package machine_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// elfWith is an ELF file of three sections: the empty one, the names, and one with a content.
func elfWith(name string, content []byte) []byte {
	names := "\x00.shstrtab\x00" + name + "\x00"
	const head, section = 64, 64
	at := uint64(head + 3*section)
	var file bytes.Buffer
	put := func(v any) { _ = binary.Write(&file, binary.LittleEndian, v) }
	h := elf.Header64{Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_AARCH64), Version: 1, Shoff: head, Ehsize: head, Shentsize: section,
		Shnum: 3, Shstrndx: 1}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	put(h)
	put(elf.Section64{})
	put(elf.Section64{Name: 1, Type: uint32(elf.SHT_STRTAB), Off: at, Size: uint64(len(names))})
	put(elf.Section64{Name: 11, Type: uint32(elf.SHT_PROGBITS), Off: at + uint64(len(names)), Size: uint64(len(content))})
	put([]byte(names))
	put(content)
	return file.Bytes()
}
