// Package tpm keeps a machine's keys where whoever copies its disk can't use them: in the TPM 2.0 of its board, or one in
// software that a virtual machine has.
//
// A private key is made in the TPM and never leaves it; what lies on the disk is a blob that only this TPM can load, and
// each signature is made inside. Secrets that a program needs in memory are encrypted under a key that only this TPM gives
// back. Nothing is bound to which programs were started, so an update locks nobody out: who takes the whole machine has the
// machine, and its certificate must be withdrawn. What travels to and from the chip and is secret is encrypted.
//
// The package does not know what the keys are for.
package tpm
