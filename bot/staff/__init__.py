"""What staff can do from chat. Screens like a member's, for those whose chat was linked."""
