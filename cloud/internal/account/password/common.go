package password

import "strings"

// words that most guessed passwords are made of, of ten characters and more once repeated or numbered.
var words = []string{
	"password", "senha", "qwerty", "qwertyuiop", "asdfghjkl", "abcdef", "abc", "portaria", "iloveyou", "admin", "welcome",
	"letmein", "monkey", "dragon", "football", "flamengo", "corinthians", "gremio", "brasil", "teste",
	"mudar", "ingresso", "ticket", "secret", "master", "princesa", "passw0rd", "p@ssw0rd", "zxcvbnm", "1q2w3e4r", "1qaz2wsx",
}

// common says whether a password is one character or a run of digits over and over, or a common word (even twice)
// with nothing but digits and signs around it.
func common(password string) bool {
	p := strings.ToLower(password)
	core := strings.Trim(p, "0123456789!@#$%&*()-_=+. ")
	if core == "" || period(p) || period(core) && len(core) < len(p) {
		return true
	}
	for _, w := range words {
		if strings.Trim(w, "0123456789!@#$%&*") == core || core == w || core == w+w || p == w+w || strings.ReplaceAll(p, w, "") == "" {
			return true
		}
	}
	return false
}

// period says whether the text is at most three characters, repeated.
func period(p string) bool {
	for n := 1; n <= 3 && n*2 <= len(p); n++ {
		if strings.Repeat(p[:n], len(p)/n+1)[:len(p)] == p {
			return true
		}
	}
	return false
}
