package person

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	step          = 30 // seconds of a TOTP code, RFC 6238
	recoveryCodes = 10
)

var codeForm = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1} // what every app can do

func sealPlace(id uuid.UUID) string { return "totp/" + id.String() }

// BeginTOTP makes a secret that is not yet in use: give it to an app, and its code to SetTOTP.
func (s *Service) BeginTOTP() string {
	raw := make([]byte, 20)
	_, _ = rand.Read(raw) // ends the program rather than fail
	return base32.StdEncoding.EncodeToString(raw)
}

// TOTPAddress is the otpauth URI that apps read from a QR code.
func TOTPAddress(secret, email string) string {
	label := "Portaria:" + email
	query := url.Values{"secret": {secret}, "issuer": {"Portaria"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + label, RawQuery: query.Encode()}).String()
}

// SetTOTP turns the second factor on once the app shows a right code, and returns recovery codes, told once.
// ErrWrongCode.
func (s *Service) SetTOTP(ctx context.Context, session Session, secret, code string) (recovery []string, err error) {
	if raw, err := base32.StdEncoding.DecodeString(secret); err != nil || len(raw) != 20 {
		return nil, ErrWrongCode
	}
	if err := s.strike(ctx, codeKeys(session.Person)); err != nil {
		return nil, err
	}
	at, ok := matching(secret, code, s.Now(), 0)
	if !ok {
		return nil, ErrWrongCode
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		p, err := s.People.Person(ctx, session.Person)
		if err != nil {
			return err
		}
		p.TOTP, p.TOTPStep = s.Seal.Seal(sealPlace(p.ID), []byte(secret)), at
		if err := s.People.UpdatePerson(ctx, p); err != nil {
			return err
		}
		if recovery, err = s.newCodes(ctx, p.ID); err != nil {
			return err
		}
		if _, err := s.Sessions.EndSessions(ctx, p.ID, uuid.Nil, session.ID); err != nil {
			return err
		}
		if err := s.strong(ctx, session); err != nil {
			return err
		}
		if err := s.tell(ctx, p, "totp_on"); err != nil {
			return err
		}
		if err := s.pardon(ctx, codeKeys(p.ID)); err != nil {
			return err
		}
		return s.note(ctx, p.ID, "totp.on", p.ID.String(), session.Address)
	})
	return recovery, err
}

// DropTOTP turns the second factor off.
func (s *Service) DropTOTP(ctx context.Context, session Session) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		p, err := s.People.Person(ctx, session.Person)
		if err != nil {
			return err
		}
		p.TOTP, p.TOTPStep = nil, 0
		if err := s.People.UpdatePerson(ctx, p); err != nil {
			return err
		}
		if err := s.Recovery.ReplaceCodes(ctx, p.ID, nil); err != nil {
			return err
		}
		if err := s.tell(ctx, p, "totp_off"); err != nil {
			return err
		}
		return s.note(ctx, p.ID, "totp.off", p.ID.String(), session.Address)
	})
}

// NewRecoveryCodes replaces the codes of a person by new ones, told once.
func (s *Service) NewRecoveryCodes(ctx context.Context, session Session) (codes []string, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) (err error) {
		if codes, err = s.newCodes(ctx, session.Person); err != nil {
			return err
		}
		return s.note(ctx, session.Person, "recovery.renewed", session.Person.String(), session.Address)
	})
	return codes, err
}

func (s *Service) newCodes(ctx context.Context, person uuid.UUID) ([]string, error) {
	codes, hashes := make([]string, recoveryCodes), make([][32]byte, recoveryCodes)
	for i := range codes {
		raw := make([]byte, 10)
		_, _ = rand.Read(raw) // ends the program rather than fail
		text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		hashes[i] = recoveryHash(person, codes[i])
	}
	return codes, s.Recovery.ReplaceCodes(ctx, person, hashes)
}

// recoveryHash forgives case, spaces and dashes. The codes are 80 random bits, so that no salt is needed.
func recoveryHash(person uuid.UUID, typed string) [32]byte {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(clip(typed, 60)))
	return sha256.Sum256(append(person[:], plain...))
}

// checkCode takes a code of the app, each once, or a recovery code, each once. ErrWrongCode, ErrWait.
func (s *Service) checkCode(ctx context.Context, p Person, typed string, c Client) error {
	keys := codeKeys(p.ID)
	if err := s.strike(ctx, keys); err != nil {
		return err
	}
	good, err := s.takeCode(ctx, p, typed)
	if err != nil {
		return err
	}
	if !good {
		if err := s.note(ctx, p.ID, "session.refused", "wrong code", c.Address); err != nil {
			return err
		}
		return ErrWrongCode
	}
	return s.pardon(ctx, keys)
}

func (s *Service) takeCode(ctx context.Context, p Person, typed string) (bool, error) {
	typed = strings.ReplaceAll(strings.TrimSpace(typed), " ", "")
	if len(typed) != 6 {
		return s.Recovery.UseCode(ctx, p.ID, recoveryHash(p.ID, typed), s.Now())
	}
	if p.TOTP == nil {
		return false, nil
	}
	plain, err := s.Seal.Open(sealPlace(p.ID), p.TOTP)
	if err != nil {
		return false, fmt.Errorf("read the second factor of person %s: %w", p.ID, err)
	}
	at, ok := matching(string(plain), typed, s.Now(), p.TOTPStep)
	if !ok {
		return false, nil
	}
	return s.People.TakeTOTP(ctx, p.ID, at)
}

// matching finds the step a code is of: now, or one before or after, as clocks differ; never one used before.
func matching(secret, typed string, now time.Time, used int64) (int64, bool) {
	middle := now.Unix() / step
	for at := middle - 1; at <= middle+1; at++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(at), codeForm)
		if err == nil && at > used && subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 {
			return at, true
		}
	}
	return 0, false
}

func hexOf(hash [32]byte) string { return hex.EncodeToString(hash[:8]) }
