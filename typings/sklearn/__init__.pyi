from sklearn.base import clone as clone

__version__: str
