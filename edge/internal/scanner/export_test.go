package scanner

import "os"

// Through has the keyboard opened by another function: machines that build have no input devices.
func (k Keyboard) Through(open func(device string) (*os.File, error)) Keyboard {
	k.open = open
	return k
}
