import type { NextConfig } from "next";

const config: NextConfig = {
  transpilePackages: ["@call-app/shared"],
};

export default config;
