// What an axis of seconds needs.
const NICE = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

// The end of an axis that shows `seconds` whole, and doesn't change with every frame.
const axisEnd = (seconds) => {
  const least = Math.max(seconds, 0.01);
  const power = 10 ** Math.floor(Math.log10(least));
  return NICE.find((step) => step * power >= least * 0.9999) * power;
};
const duration = (seconds) => (seconds < 0.9995 ? Math.round(seconds * 1000) + " ms" : seconds.toFixed(2) + " s");
