// The sentence about a run that waits. `place` counts from 1; it is null if the service did not name it.

export function inLine(place) {
  return place ? `You're number ${place} in line.` : "Waiting for a free sandbox …";
}
