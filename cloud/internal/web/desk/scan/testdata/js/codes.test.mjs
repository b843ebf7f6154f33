import "./setup.mjs";
import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { clean, nameOf, normalise, readings, ticketID } from "../../static/codes.js";

// Written by the Go test, by what gates run; without it (node --test alone) only what is below is tried.
const { tickets, foreign } = process.env.VECTORS ? JSON.parse(readFileSync(process.env.VECTORS, "utf8")) : { tickets: [], foreign: [] };
const hex = (bytes) => bytes && Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

test(`our codes are read as gates read them (${tickets.length} spellings)`, () => {
  for (const { Text, ID } of tickets) assert.equal(hex(ticketID(Text)) ?? "", ID, Text);
});

test(`other sellers' codes are spelt as gates spell them (${foreign.length})`, () => {
  for (const v of foreign) assert.equal(normalise(v.Text, { upper: v.Upper, keep_spaces: v.Keep, drop_zeros: v.Drop }), v.Want, JSON.stringify(v));
});

test("a text is looked up as ours and as each issuer's", () => {
  assert.equal(readings("hello", []).length, 0);
  const [one, two] = readings("0012", [{ name: "outra" }, { name: "terceira", drop_zeros: true }]);
  assert.equal(hex(one), "02000000056f7574726130303132");
  assert.equal(hex(two), "02000000087465726365697261" + "3132");
});

test("a ticket has one name, read from its QR or from its bars", () => {
  for (const { Text, ID } of tickets.filter((v) => v.ID)) {
    const same = tickets.find((v) => v.ID === ID && v.Text !== Text);
    if (same) assert.equal(nameOf(Text), nameOf(same.Text));
  }
  assert.equal(nameOf("7891234567895"), "7891234567895");
});

test("line ends of a scanner are no part of a code", () => assert.equal(clean("AB\r\n"), "AB"));
