// What Mantine asks of a browser and happy-dom does not have.
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// All files share one document: what a test puts there by hand goes as well.
afterEach(() => {
  cleanup();
  document.body.replaceChildren();
});

if (!("ResizeObserver" in globalThis)) {
  class NoResizeObserver {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  Object.assign(globalThis, { ResizeObserver: NoResizeObserver });
}
