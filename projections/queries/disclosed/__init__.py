"""What a class of readers may see today: read, assessed, and made a view of."""
