// What a scanned text may be: one of our tickets, signed or short, or another seller's code. The same rules as at a gate
// (docs/ticket-format.md, docs/scan-api.md). Pure.

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's
const SIGNED = 122; // characters of a signed code
const SHORT = 14; // of a short one
const utf8 = new TextEncoder();

// ticketID gives the 8 bytes that name one of our tickets, null for a text that is none of ours.
export function ticketID(text) {
  if (text.length === SIGNED) {
    const bits = bitsOf(text);
    return bits && bytes(bits.slice(8, 72));
  }
  const typed = forgiving(text);
  const bits = typed.length === SHORT ? bitsOf(typed) : null;
  return bits && checks(bits) ? bytes(bits.slice(0, 64)) : null;
}

// nameOf says which ticket a text is, whatever it was read from: ours carry one code twice, as QR and as bars.
export function nameOf(text) {
  return ticketID(text)?.join("-") ?? text;
}

// forgiving drops what people put between characters, and turns the rest into what was printed.
function forgiving(text) {
  return text.replace(/[\s\p{Pd}\u2212]/gu, "").toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
}

function bitsOf(text) {
  let bits = "";
  for (const c of text) {
    const digit = DIGITS.indexOf(c);
    if (digit < 0) return null;
    bits += digit.toString(2).padStart(5, "0");
  }
  return bits;
}

function bytes(bits) {
  return Uint8Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8), 2));
}

// checks says whether a short code's last 6 bits are the remainder of the 64 before them: no typing mistake.
function checks(bits) {
  let rest = 0;
  for (const bit of bits.slice(0, 64)) {
    rest = ((rest << 1) & 63) ^ ((Number(bit) ^ (rest >> 5)) ? 0b000011 : 0);
  }
  return (rest ^ 0b110110) === parseInt(bits.slice(64), 2);
}

// readings are the messages under whose keys a list may know the text: ours, and each issuer's.
export function readings(text, issuers) {
  const all = [];
  const id = ticketID(text);
  if (id) all.push(Uint8Array.of(1, ...id));
  for (const issuer of issuers) {
    const code = utf8.encode(normalise(text, issuer));
    const name = utf8.encode(issuer.name);
    if (code.length) all.push(Uint8Array.of(2, name.length >>> 24, name.length >>> 16, name.length >>> 8, name.length, ...name, ...code));
  }
  return all;
}

const LONGEST_TEXT = 1024; // bytes, of another seller's code as it was read
const LONGEST_CODE = 512; // and as it is kept

// normalise writes another seller's code as its import did; "" is none.
export function normalise(text, { upper, keep_spaces: keep, drop_zeros: drop }) {
  if (utf8.encode(text).length > LONGEST_TEXT) return "";
  let code = text.replace(/[\uFEFF\p{Cc}]/gu, "");
  if (!keep) code = code.replace(/[-\p{White_Space}]/gu, "");
  if (upper) code = code.replace(/[a-z]/g, (c) => c.toUpperCase());
  // One rule can bare what another takes away (zeros before a prefix), so they run until nothing changes.
  for (let before = null; before !== code; ) {
    before = code;
    code = code.replace(/^[-\p{White_Space}]+|[-\p{White_Space}]+$/gu, "").replace(/^\][A-Za-z][0-9A-Za-z]/, "");
    if (drop) code = code.replace(/^0+(?=.)/su, "");
  }
  return utf8.encode(code).length > LONGEST_CODE ? "" : code;
}

// clean is a text as scanners give it, without the line end that some add.
export function clean(text) {
  return text.replace(/[\r\n]+$/, "");
}
