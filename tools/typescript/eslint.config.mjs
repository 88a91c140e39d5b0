import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// What a strict app has; a rule is not switched off here to please the templates.
export default tseslint.config(
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  reactHooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
);
