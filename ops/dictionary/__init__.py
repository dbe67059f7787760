"""The data dictionary (数据字典) and its companions, made from single sources, with a digest."""
