const ns = 'http://www.w3.org/2000/svg';
const width = 120;
const height = 20;

export function makeSparkline() {
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(ns, 'path'));
  return svg;
}

/** From its least to its largest value; where nothing was counted the line has a gap, a lone value is a dot. */
export function drawSparkline(svg, samples) {
  const known = samples.filter((sample) => sample !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = (value) => (high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4));
  let path = '';
  let pen = false;
  samples.forEach((sample, place) => {
    if (sample !== null) {
      const x = width - (samples.length - 1 - place) * (width / 59);
      path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y(sample).toFixed(1)}${pen ? '' : 'h0'}`;
    }
    pen = sample !== null;
  });
  svg.firstElementChild.setAttribute('d', path);
}
