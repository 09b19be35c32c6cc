import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { askAhead } from "./firstTask";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
askAhead(location.pathname);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
