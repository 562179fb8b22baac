"""Who may be rung: joins the pure rules with tables, do-not-call files and the ledger.

`campaign_screening` decides, by the rules that `campaign_rules` builds; the files `dnc_*` read do-not-call lists.
"""
