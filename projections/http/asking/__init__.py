"""How a question is read: forms of parameters, the parameters there are, the question as asked."""
