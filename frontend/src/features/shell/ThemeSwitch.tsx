import { Monitor, Moon, Sun } from "lucide-react";
import { IconButton } from "@/ui/Button";
import { setTheme, themes, useTheme } from "./theme";

const icons = { system: Monitor, light: Sun, dark: Moon };

/** Goes round: the system's theme, light, dark. */
export function ThemeSwitch() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  const Icon = icons[theme];
  return (
    <IconButton label={`Theme: ${theme}. Switch to ${next}`} onClick={() => setTheme(next)}>
      <Icon aria-hidden size={16} />
    </IconButton>
  );
}
