// What the camera sees, and which of it is a new code to be judged. Pure: the time comes in.

const AWAY = 1200; // ms without a code before it may have left: a trembling hand loses it for less
const AGAIN = 3000; // ms before the same code is asked again at all

export class Sight {
  #last = { code: "", asked: 0, seen: 0 }; // the code given out last; when, and when it was last in view, ms
  #before = null; // the one before it

  // look takes the code nearest to the middle of one frame, "" = none, and says whether it is to be judged. A code that
  // stays in view is judged once: its guest must not see red after green. It is judged again when it has been away and
  // the first time was a while ago, or when another code came between: then it surely left.
  look(code, now) {
    if (!code) return false;
    const { asked, seen } = this.#last;
    if (code === this.#last.code && (now - seen < AWAY || now - asked < AGAIN)) {
      this.#last.seen = now;
      return false;
    }
    this.#before = this.#last;
    this.#last = { code, asked: now, seen: now };
    return true;
  }

  // unread says that the code given out last was not judged, since another guest was before it: it is given out again.
  unread() {
    this.#last = this.#before ?? this.#last;
  }
}

// nearest is the text of the code whose middle is nearest to the middle of the frame: two tickets on one sheet are never
// both taken. Found has text and points.
export function nearest(found, width, height) {
  let best = "";
  let least = Infinity;
  for (const { text, points } of found) {
    const x = points.reduce((sum, p) => sum + p.x, 0) / points.length - width / 2;
    const y = points.reduce((sum, p) => sum + p.y, 0) / points.length - height / 2;
    if (text && Math.hypot(x, y) < least) [best, least] = [text, Math.hypot(x, y)];
  }
  return best;
}
