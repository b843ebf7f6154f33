import test from "node:test";
import assert from "node:assert/strict";
import { Sight, nearest } from "../../static/sight.js";

// walk looks at a code at each time and gives the times at which it was to be judged.
function walk(...looks) {
  const sight = new Sight();
  return looks.filter(([at, code]) => sight.look(code, at)).map(([at]) => at);
}

test("a code that stays in view is judged once, however long it stays", () => {
  assert.deepEqual(walk([0, "A"], [200, "A"], [1000, "A"], [2000, "A"], [3100, "A"], [4000, "A"], [5000, "A"]), [0]);
});

test("a trembling hand loses the code for a moment: that is not a second show", () => {
  assert.deepEqual(walk([0, "A"], [100, ""], [1100, "A"], [1900, ""], [2900, "A"]), [0]);
});

test("within three seconds a code that seems to have left is not sent again", () => {
  assert.deepEqual(walk([0, "A"], [100, ""], [2900, "A"]), [0]);
});

test("shown again after it was away, it is judged again", () => {
  assert.deepEqual(walk([0, "A"], [500, ""], [3100, "A"]), [0, 3100]);
});

test("another code in between says that it left", () => {
  assert.deepEqual(walk([0, "A"], [300, "B"], [600, "A"]), [0, 300, 600]);
});

test("a code that came too soon after another is given again, and the one before it is not", () => {
  const sight = new Sight();
  assert.ok(sight.look("A", 0));
  assert.ok(sight.look("B", 100));
  sight.unread();
  assert.ok(!sight.look("A", 200));
  assert.ok(sight.look("B", 300));
});

test("of two tickets on one sheet only the one in the middle is read", () => {
  const square = (x) => [{ x, y: 0 }, { x: x + 10, y: 0 }, { x: x + 10, y: 100 }, { x, y: 100 }];
  assert.equal(nearest([{ text: "left", points: square(0) }, { text: "middle", points: square(50) }], 100, 100), "middle");
  assert.equal(nearest([], 100, 100), "");
});
