"""What may be shown of subjects, as other programs take it: FollowTheMoney, CloudEvents, CSV."""
