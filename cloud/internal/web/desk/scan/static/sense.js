// What a controller hears and feels: distinct for good, bad and ask, made here and not from files. And a screen that
// stays awake.

const NOTES = {
  admit: [[1320, 0.14]],
  refuse: [[196, 0.2], [165, 0.34]],
  attend: [[660, 0.12], [880, 0.12], [660, 0.12]],
};
const BUZZ = { admit: [60], refuse: [220, 90, 220, 90, 220], attend: [90, 70, 90] };

let sound = null;

// wake lets the page make sounds: browsers want a touch first. It says whether sounds come.
export async function wakeSound() {
  try {
    sound ??= new AudioContext();
    if (sound.state !== "running") await sound.resume();
  } catch {
    return false; // a phone without sound still shows and shakes
  }
  return sound.state === "running";
}

export const soundOn = () => sound?.state === "running";

export function tell(mood, quiet) {
  navigator.vibrate?.(BUZZ[mood] ?? 0);
  if (quiet || sound?.state !== "running") return;
  let at = sound.currentTime;
  for (const [pitch, length] of NOTES[mood] ?? []) {
    note(pitch, at, length, mood === "refuse" ? "square" : "sine");
    at += length + 0.04;
  }
}

function note(pitch, at, length, wave) {
  const voice = sound.createOscillator();
  const loud = sound.createGain();
  [voice.type, voice.frequency.value] = [wave, pitch];
  loud.gain.setValueAtTime(0.0001, at);
  loud.gain.exponentialRampToValueAtTime(wave === "square" ? 0.25 : 0.6, at + 0.01);
  loud.gain.exponentialRampToValueAtTime(0.0001, at + length);
  voice.connect(loud).connect(sound.destination);
  voice.start(at);
  voice.stop(at + length + 0.02);
}

// stayAwake keeps the screen on while the page is seen; the phone takes the lock away whenever it is not.
export function stayAwake() {
  const ask = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // low battery: the phone decides
    }
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
