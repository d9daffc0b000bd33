/** Any JSON value. Global, because the generated types of documents name it without importing it. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
