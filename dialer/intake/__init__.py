"""A contact list becomes contacts and rejects; the only room that knows pandas and phonenumbers."""
