import type { Severity } from '../contract';

/** One or two soft notes, made here: there is no file to load, and none to be blocked. Higher means more serious. */
const notes: Readonly<Record<Severity, readonly number[]>> = {
  low: [440],
  medium: [523.25],
  high: [587.33, 783.99],
  critical: [659.25, 987.77],
};
const length = 0.18;
const loudness = 0.12;

let context: AudioContext | null = null;

/** False where the browser does not let it sound: before the viewer pressed anything on the page, or without audio. */
export async function play(severity: Severity): Promise<boolean> {
  if (typeof AudioContext === 'undefined') return false;
  context ??= new AudioContext();
  if (context.state === 'suspended') await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
  if (context.state !== 'running') return false;
  const start = context.currentTime + 0.02;
  notes[severity].forEach((frequency, index) => sound(context!, frequency, start + index * length));
  return true;
}

function sound(context: AudioContext, frequency: number, at: number): void {
  const oscillator = new OscillatorNode(context, { type: 'sine', frequency });
  const volume = new GainNode(context, { gain: 0 });
  oscillator.connect(volume).connect(context.destination);
  // In and out within milliseconds, for a tone that is cut clicks.
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(loudness, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + length * 1.6);
  oscillator.start(at);
  oscillator.stop(at + length * 1.7);
}
