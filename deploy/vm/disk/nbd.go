package disk

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// Numbers of the network block device protocol: github.com/NetworkBlockDevice/nbd, doc/proto.md.
const (
	magicServer  = 0x4e42444d41474943 // "NBDMAGIC"
	magicOption  = 0x49484156454F5054 // "IHAVEOPT"
	magicReply   = 0x3e889045565a9
	magicRequest = 0x25609513
	magicAnswer  = 0x67446698

	fixedNewstyle, noZeroes = 1, 2
	canFlushAndForce        = 1 | 4 | 8 // flags present, FLUSH, FUA

	optionExport, optionAbort, optionInfo, optionGo = 1, 2, 6, 7
	replyAck, replyInfo, replyUnsupported           = 1, 3, 1<<31 + 1

	cmdRead, cmdWrite, cmdGoodbye, cmdFlush = 0, 1, 2, 3
	forced                                  = 1 // of a request's flags

	failed = 22 // EINVAL
)

// limit is the most that one request may carry, in bytes; a kernel sends far less.
const limit = 32 << 20

var errGoodbye = errors.New("the machine has said goodbye")

// Serve lets one machine use the disk over a connection until it says goodbye or hangs up.
func (d *Disk) Serve(conn net.Conn) error {
	defer conn.Close()
	c := client{d, bufio.NewReaderSize(conn, 1<<16), bufio.NewWriterSize(conn, 1<<16)}
	err := c.greet()
	for err == nil {
		if err = c.out.Flush(); err == nil {
			err = c.answer()
		}
	}
	for _, end := range []error{errGoodbye, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.EPIPE, syscall.ECONNRESET} {
		if errors.Is(err, end) { // a machine that was killed says nothing
			return nil
		}
	}
	return fmt.Errorf("network block device: %w", err)
}

type client struct {
	disk *Disk
	in   *bufio.Reader
	out  *bufio.Writer
}

func (c client) send(values ...any) (err error) {
	for _, v := range values {
		err = errors.Join(err, binary.Write(c.out, binary.BigEndian, v))
	}
	return err
}

// greet agrees on the disk: there is one, whatever name the machine gives it.
func (c client) greet() error {
	err := errors.Join(c.send(uint64(magicServer), uint64(magicOption), uint16(fixedNewstyle|noZeroes)), c.out.Flush())
	var flags uint32
	if err == nil {
		err = binary.Read(c.in, binary.BigEndian, &flags)
	}
	for agreed := false; err == nil && !agreed; {
		agreed, err = c.option(flags)
		err = errors.Join(err, c.out.Flush())
	}
	return err
}

type optionHead struct {
	Magic          uint64
	Option, Length uint32
}

func (c client) option(flags uint32) (agreed bool, err error) {
	var head optionHead
	if err := binary.Read(c.in, binary.BigEndian, &head); err != nil {
		return false, err
	}
	if head.Magic != magicOption || head.Length > 1<<16 {
		return false, fmt.Errorf("%+v is no option", head)
	}
	if _, err := c.in.Discard(int(head.Length)); err != nil {
		return false, err
	}
	reply := func(kind, length uint32) error { return c.send(uint64(magicReply), head.Option, kind, length) }
	switch head.Option {
	case optionGo, optionInfo:
		const export = 0
		err = errors.Join(reply(replyInfo, 12), c.send(uint16(export), uint64(c.disk.Size()), uint16(canFlushAndForce)), reply(replyAck, 0))
		return head.Option == optionGo, err
	case optionExport:
		err = c.send(uint64(c.disk.Size()), uint16(canFlushAndForce))
		if flags&noZeroes == 0 {
			err = errors.Join(err, c.send([124]byte{}))
		}
		return true, err
	case optionAbort:
		return false, errors.Join(reply(replyAck, 0), errGoodbye)
	}
	return false, reply(replyUnsupported, 0)
}

type request struct {
	Magic           uint32
	Flags, Command  uint16
	Handle, Address uint64
	Length          uint32
}

// answer serves one request.
func (c client) answer() error {
	var r request
	if err := binary.Read(c.in, binary.BigEndian, &r); err != nil {
		return err
	}
	if r.Magic != magicRequest || r.Length > limit {
		return fmt.Errorf("%+v is no request", r)
	}
	var data []byte
	var err error
	switch r.Command {
	case cmdGoodbye:
		return errGoodbye
	case cmdRead:
		data = make([]byte, r.Length)
		_, err = c.disk.ReadAt(data, int64(r.Address))
	case cmdWrite:
		if err := c.write(r); err != nil {
			return err
		}
		return nil
	case cmdFlush:
		err = c.disk.Flush()
	default:
		err = fmt.Errorf("command %d is not offered", r.Command)
	}
	return c.done(r, err, data)
}

// write takes the data off the line first: whatever is wrong with the request, the next one comes behind it.
func (c client) write(r request) error {
	data := make([]byte, r.Length)
	if _, err := io.ReadFull(c.in, data); err != nil {
		return err
	}
	put := c.disk.WriteAt
	if r.Flags&forced != 0 {
		put = c.disk.WriteThrough
	}
	_, err := put(data, int64(r.Address))
	return c.done(r, err, nil)
}

func (c client) done(r request, err error, data []byte) error {
	if err != nil {
		return c.send(uint32(magicAnswer), uint32(failed), r.Handle)
	}
	return c.send(uint32(magicAnswer), uint32(0), r.Handle, data)
}
