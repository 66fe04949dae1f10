```python
print("hi")
```
