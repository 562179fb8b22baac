"""Who may be rung: joins the pure rules with tables, do-not-call files and lists."""
