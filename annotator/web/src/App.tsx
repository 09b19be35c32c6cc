import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queryClient } from "./api/queryClient";
import { router } from "./router";
import "./ui/mantine";
import { LogInAgain } from "./ui/LogInAgain";
import { resolver, theme } from "./ui/theme";
import { Toasts } from "./ui/toast";

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesResolver={resolver}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <LogInAgain />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  );
}
