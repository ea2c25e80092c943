"""Behind `vertexai`: credentials, a model whose calls can be ended, and errors in our words."""
